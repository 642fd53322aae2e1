using Microsoft.Extensions.Logging;
using Personalization.Models;

namespace Personalization.Inference.Models;

internal sealed partial class ModelHost
{
    private Challenger? _challenger;
    private ModelChallenge? _failedChallenge;

    /// <summary>Makes the challenge what the cluster wants; a challenger that cannot be loaded stands in the status and is not tried again.</summary>
    /// <param name="challenge">The challenge; null, or the model that answers already: none.</param>
    /// <returns>Completes when it is so.</returns>
    public async Task ChallengeAsync(ModelChallenge? challenge)
    {
        await _loading.WaitAsync();
        try
        {
            if (challenge is null || challenge.Model == Current?.Model)
            {
                _failedChallenge = null;
                await ReplaceChallengerAsync(null);
            }
            else if (_challenger is { } same && same.Challenge.Model == challenge.Model)
            {
                if (same.Challenge.Share != challenge.Share)
                {
                    Volatile.Write(ref _challenger, same.With(challenge.Share));
                }
            }
            else if (_failedChallenge != challenge)
            {
                _failedChallenge = challenge;
                await ReplaceChallengerAsync(null);
                var engine = await OpenOnItsOwnThreadAsync(challenge.Model);
                await ReplaceChallengerAsync(new Challenger(challenge, engine, _instruments, _logger));
                _failedChallenge = null;
            }
        }
        catch (Exception e)
        {
            Failed(e);
        }
        finally
        {
            _loading.Release();
        }
    }

    // The challenger's answer for its shoppers; null when the champion has to answer.
    private static async ValueTask<InferenceResult?> AskChallengerAsync(Challenger challenger, InferenceRequest request, CancellationToken cancellationToken)
    {
        var answer = await challenger.Engine.TryInferAsync(request, cancellationToken);
        return answer is { Status: InferenceStatus.Ok } ? answer : null;
    }

    private async ValueTask ReplaceChallengerAsync(Challenger? challenger)
    {
        if (Interlocked.Exchange(ref _challenger, challenger) is { } old)
        {
            await old.DisposeAsync();
        }
    }
}
