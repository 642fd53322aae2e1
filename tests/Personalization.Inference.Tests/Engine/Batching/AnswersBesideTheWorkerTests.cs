using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

public sealed class AnswersBesideTheWorkerTests
{
    private const int Items = 500;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Many_requests_at_once_each_get_the_answer_of_their_own_row(int workers)
    {
        var model = new FakeModel(Items) { ChurnOf = item => item / (2f * Items) };
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions { MaxBatch = 4, QueueCapacity = 10_000, Workers = workers });
        await using var disposing = engine;
        engine.WarmUp();
        engine.Start();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5_000).Select(n => Task.Run(async () =>
            (Item: (n % Items) + 1, Answer: await engine.TryInferAsync(TestEngine.Ask($"i{(n % Items) + 1}"), CancellationToken.None))))).WaitAsync(TimeSpan.FromMinutes(2));

        answers.ShouldAllBe(a => a.Answer!.Status == InferenceStatus.Ok && Math.Abs(a.Answer.Churn!.Probability - (a.Item / (2.0 * Items))) < 1e-6);
        model.Runs.Count.ShouldBeGreaterThan(5_000 / 4 - 1);
    }

    [Fact]
    public async Task A_run_that_is_wanted_back_before_the_pool_came_to_it_is_answered_by_the_worker()
    {
        var model = new FakeModel(Items);
        var slot = model.CreateSlot(1);
        using var run = new BatchRun(slot, new ScoresRetrieval(slot.Buffers), TestEngine.Services());
        for (var round = 0; round < 1_000; round++)
        {
            var job = new InferenceJob(8) { Candidates = [1] };
            job.Reset(1);
            (run.Jobs[0], run.Count) = (job, 1);

            run.FinishElsewhere(TimeSpan.FromMilliseconds(round));
            run.Reclaim();

            (await job.Done).ShouldBe(InferenceStatus.Ok);
            job.Ran.ShouldBe(TimeSpan.FromMilliseconds(round));
        }
    }

    [Fact]
    public async Task Who_waits_alone_goes_on_on_the_worker_which_has_nothing_else_to_do() =>
        (await ThreadAfterAsync(InferencePriority.Interactive, behind: false)).ShouldStartWith("inference");

    [Theory]
    [InlineData(InferencePriority.Interactive, true)]
    [InlineData(InferencePriority.Bulk, false)]
    public async Task The_worker_goes_on_with_nobody_while_more_waits_nor_with_what_nobody_waits_for(InferencePriority priority, bool behind) =>
        (await ThreadAfterAsync(priority, behind)).ShouldNotStartWith("inference");

    // The name of the thread on which goes on who asked, when another request came behind this one during its run or not.
    private static async Task<string> ThreadAfterAsync(InferencePriority priority, bool behind)
    {
        var model = new FakeModel(Items);
        var engine = TestEngine.Create(model.Package, model, new InferenceOptions { MaxBatch = 1 });
        await using var disposing = engine;
        engine.WarmUp();
        var (asking, other) = (Task.FromResult(""), Task.CompletedTask);
        using var waits = new ManualResetEventSlim();
        model.BeforeRun = newest =>
        {
            // An answer that is there before somebody waits for it is found by the one who asked.
            waits.Wait();
            if (behind && newest[0] == 1)
            {
                other = AskAsync("i2");
            }
        };
        engine.Start();

        await Task.Run(() =>
        {
            asking = AskAsync("i1");
            waits.Set();
        });
        var name = await asking;
        await other;
        return name;

        async Task<string> AskAsync(string item)
        {
            await engine.TryInferAsync(TestEngine.Ask(item) with { Priority = priority }, CancellationToken.None).ConfigureAwait(false);
            return Thread.CurrentThread.Name ?? "";
        }
    }
}
