namespace Personalization.Users;

/// <summary>A batch came to an activation that ends, or its sender has given it up; it was not applied.</summary>
internal sealed class UserLeavesException() : InvalidOperationException("The user's grain is moving on; the batch was not applied. Send it again.");
