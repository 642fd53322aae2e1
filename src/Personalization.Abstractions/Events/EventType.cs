using System.Text.Json.Serialization;

namespace Personalization.Events;

/// <summary>What a shopper did. JSON names are the lower snake case forms, for instance <c>add_to_cart</c>.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EventType>))]
public enum EventType : byte
{
    /// <summary>The item's page was seen.</summary>
    View = 1,

    /// <summary>The item was clicked in a list.</summary>
    Click = 2,

    /// <summary>The item was put into the cart.</summary>
    AddToCart = 3,

    /// <summary>The item was taken out of the cart.</summary>
    RemoveFromCart = 4,

    /// <summary>The item was bought.</summary>
    Purchase = 5,

    /// <summary>A purchase was cancelled or returned.</summary>
    Cancel = 6,

    /// <summary>The item was shown in a recommendation.</summary>
    Impression = 7,

    /// <summary>The shopper asked not to see the item again.</summary>
    Hide = 8,
}
