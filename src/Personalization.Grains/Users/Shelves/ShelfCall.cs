using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>
/// A question for a shelf that goes to the turn of a grain of this silo without a message. Who asked goes on where the model's answer is told; an answer
/// that is there at once is told on the grain's turn, whose scheduler lets nobody go on there.
/// </summary>
internal sealed class ShelfCall : TaskCompletionSource<RecommendationResponse>
{
    private static readonly Action<object> Turn = static call => ((ShelfCall)call).Ask();

    private readonly UserGrain _grain;
    private readonly IUserGrain _address;
    private readonly RecommendationRequest _request;
    private readonly Action _ended;
    private readonly CancellationToken _cancellationToken;
    private Task<RecommendationResponse>? _making;

    /// <summary>Makes a question.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="address">The way to the shopper's next grain, should this one leave.</param>
    /// <param name="request">What is asked for; valid.</param>
    /// <param name="ended">Called when there is an answer, before the one who asked goes on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ShelfCall(UserGrain grain, IUserGrain address, RecommendationRequest request, Action ended, CancellationToken cancellationToken) =>
        (_grain, _address, _request, _ended, _cancellationToken) = (grain, address, request, ended, cancellationToken);

    /// <summary>Sends it.</summary>
    /// <returns>The shelf.</returns>
    public Task<RecommendationResponse> SendAsync()
    {
        _grain.GrainContext.Scheduler.QueueAction(Turn, this);
        return Task;
    }

    private void Ask()
    {
        try
        {
            // A message to the next grain is not one of this grain's.
            _making = _grain.Leaves
                ? System.Threading.Tasks.Task.Run(() => _address.Recommend(_request, _cancellationToken))
                : _grain.RecommendNow(_request, _cancellationToken);
        }
        catch (Exception e)
        {
            _making = System.Threading.Tasks.Task.FromException<RecommendationResponse>(e);
        }

        var awaiter = _making.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted)
        {
            Complete();
        }
        else
        {
            awaiter.UnsafeOnCompleted(Complete);
        }
    }

    private void Complete()
    {
        _ended();
        SetFromTask(_making!);
    }
}
