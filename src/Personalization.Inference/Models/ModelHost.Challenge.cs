using Microsoft.Extensions.Logging;
using Personalization.Models;
using Personalization.Time;

namespace Personalization.Inference.Models;

internal sealed partial class ModelHost
{
    private Challenger? _challenger;
    private ModelChallenge? _failedChallenge;
    private string? _challengeError;

    /// <summary>Makes the challenge what the cluster wants; why a challenger cannot be loaded stands in the status until it can be, or is not wanted any more.</summary>
    /// <param name="challenge">The challenge; null, or the model that answers already: none.</param>
    /// <param name="again">Whether one that could not be loaded is tried again; that reads and warms it up.</param>
    /// <returns>Completes when it is so.</returns>
    public async Task ChallengeAsync(ModelChallenge? challenge, bool again = false)
    {
        await _loading.WaitAsync();
        try
        {
            if (challenge is null || Serves(challenge.Model))
            {
                ForgetFailure();
                await ReplaceChallengerAsync(null);
            }
            else if (_challenger is { } same && same.Challenge.Model == challenge.Model)
            {
                if (same.Challenge.Share != challenge.Share)
                {
                    Volatile.Write(ref _challenger, same.With(challenge.Share));
                }
            }
            else if (_failedChallenge != challenge || again)
            {
                _failedChallenge = challenge;
                await ReplaceChallengerAsync(null);
                var engine = await OpenOnItsOwnThreadAsync(Resolve(challenge.Model));
                await ReplaceChallengerAsync(new Challenger(challenge, engine, _instruments.Of(engine.Model), _logger));
                ForgetFailure();
            }
        }
        catch (Exception e)
        {
            Failed(e, ref _challengeError);
        }
        finally
        {
            _loading.Release();
        }
    }

    private void ForgetFailure()
    {
        _failedChallenge = null;
        Volatile.Write(ref _challengeError, null);
    }

    // The challenger's answer for its shoppers, within half of their time; null when the champion has to answer in the other half.
    private async ValueTask<InferenceResult?> AskChallengerAsync(Challenger challenger, InferenceRequest request, CancellationToken cancellationToken)
    {
        var half = request.Budget / 2;
        try
        {
            var asking = challenger.Engine.TryInferAsync(request with { Budget = half }, cancellationToken);
            var answer = await asking.WithinAsync(half, _time, cancellationToken).ConfigureAwait(false);
            if (answer is { Status: InferenceStatus.Ok })
            {
                return answer;
            }

            challenger.Unanswered(answer?.Status ?? InferenceStatus.NoModel);
        }
        catch (TimeoutException)
        {
            challenger.Unanswered(InferenceStatus.DeadlineExceeded);
        }

        return null;
    }

    private async ValueTask ReplaceChallengerAsync(Challenger? challenger)
    {
        if (Interlocked.Exchange(ref _challenger, challenger) is { } old)
        {
            await old.DisposeAsync();
        }
    }
}
