using System.Net;
using Personalization.Inference.Routing;
using Personalization.Items;

namespace Personalization.Inference.Tests.Support;

/// <summary>Inference silos that answer by a function.</summary>
internal sealed class FakeSilos : IInferenceSilos, IInferenceTransport
{
    public List<(SiloAddress Silo, InferenceRequest[] Requests)> Calls { get; } = [];

    public Func<SiloAddress, InferenceRequest[], Task<InferenceReply>> Answer { get; set; } = (_, requests) =>
        Task.FromResult(Reply(InferenceStatus.Ok, requests.Length));

    public IReadOnlyList<SiloAddress> Current { get; set; } = [Silo(1), Silo(2)];

    public static SiloAddress Silo(int n) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, n), n);

    public static InferenceReply Reply(InferenceStatus status, int count) =>
        new([.. Enumerable.Range(0, count).Select(_ => InferenceResult.None(status))], new("remote", "9"), 77);

    public Task<InferenceReply> InferAsync(SiloAddress silo, InferenceRequest[] requests)
    {
        lock (Calls)
        {
            Calls.Add((silo, requests));
        }

        return Answer(silo, requests);
    }

    public async Task<ItemScore[]?> SimilarAsync(SiloAddress silo, string itemId, int count)
    {
        await InferAsync(silo, []);
        return [new ItemScore(itemId, silo.Generation)];
    }
}
