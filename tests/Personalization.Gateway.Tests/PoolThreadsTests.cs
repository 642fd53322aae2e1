using System.Net.Sockets;
using System.Text;
using NSubstitute;
using Personalization.Recommendations;

namespace Personalization.GatewayTests;

public sealed class PoolThreadsTests
{
    private static readonly RecommendationResponse Shelf = new() { UserId = "u", RecommendationId = "r" };

    [Fact]
    public async Task A_request_right_behind_another_one_does_not_stay_on_the_thread_that_answered_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(overHttp: true);
        var (first, onPool) = (new TaskCompletionSource<RecommendationResponse>(), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Client.RecommendAsync("first", Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(_ =>
        {
            asked.SetResult();
            return first.Task;
        });
        gateway.Client.RecommendAsync("second", Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(_ =>
        {
            onPool.SetResult(Thread.CurrentThread.IsThreadPoolThread);
            return Shelf;
        });
        using var connection = new TcpClient();
        await connection.ConnectAsync(gateway.Http.BaseAddress!.Host, gateway.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Get("first") + Get("second")), TestContext.Current.CancellationToken);
        await asked.Task;

        // As the thread that runs the model does.
        new Thread(() => first.SetResult(Shelf)).Start();

        (await onPool.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private static string Get(string userId) => $"GET /v1/users/{userId}/recommendations HTTP/1.1\r\nHost: localhost\r\n\r\n";
}
