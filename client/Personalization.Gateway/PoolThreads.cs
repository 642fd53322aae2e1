namespace Personalization.Gateway;

/// <summary>
/// Answers every request on the thread pool. A request that comes right behind another one on its connection begins on the thread that answered that one, and
/// in a silo that may be the one that runs the model: a client that sends a hundred at once would have it do nothing else.
/// </summary>
internal static class PoolThreads
{
    /// <summary>Adds it, in front of what answers.</summary>
    /// <param name="app">The pipeline.</param>
    public static void Use(IApplicationBuilder app) =>
        app.Use(next => context => Thread.CurrentThread.IsThreadPoolThread ? next(context) : MoveAsync(next, context));

    private static async Task MoveAsync(RequestDelegate next, HttpContext context)
    {
        await Task.Yield();
        await next(context);
    }
}
