namespace Personalization.Users;

/// <summary>Runs something once on the grain's turn some time after it was armed; arming again before that changes nothing. Ends with the grain.</summary>
internal sealed class OneShotTimer(IGrainBase grain, TimeSpan delay, Func<Task> run)
{
    private IGrainTimer? _timer;
    private bool _armed;

    /// <summary>Arms the timer.</summary>
    public void Arm()
    {
        if (_armed)
        {
            return;
        }

        _armed = true;
        if (_timer is not null)
        {
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
            return;
        }

        _timer = grain.RegisterGrainTimer(
            _ =>
            {
                _armed = false;
                return run();
            },
            new GrainTimerCreationOptions(delay, Timeout.InfiniteTimeSpan) { Interleave = true });
    }
}
