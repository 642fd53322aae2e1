namespace Personalization.Storage.Tests.Setup;

[Alias("personalization.tests.counter")]
public interface ICounterGrain : IGrainWithStringKey
{
    [Alias("increment")]
    Task<int> Increment();

    [Alias("remind")]
    Task<string[]> Remind(string name);
}

[GenerateSerializer]
[Alias("personalization.tests.counter-state")]
public sealed class CounterState
{
    [Id(0)]
    public int Value { get; set; }
}

public sealed class CounterGrain([PersistentState("counter", StorageExtensions.OperationsProvider)] IPersistentState<CounterState> state)
    : Grain, ICounterGrain, IRemindable
{
    public async Task<int> Increment()
    {
        state.State.Value++;
        await state.WriteStateAsync();
        return state.State.Value;
    }

    public async Task<string[]> Remind(string name)
    {
        await this.RegisterOrUpdateReminder(name, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
        return [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}
