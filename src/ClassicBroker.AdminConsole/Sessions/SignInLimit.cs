namespace ClassicBroker.AdminConsole.Sessions;

/// <summary>
/// Bounds how often a password may be guessed: after five failures in a minute for one name, or fifty for all, attempts are refused until
/// the minute is over. Threading: any.
/// </summary>
internal sealed class SignInLimit(TimeProvider time)
{
    private const int FailuresOfNameMax = 5;
    private const int FailuresMax = 50;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
    private long _windowAt = time.GetTimestamp();
    private int _total;

    public bool IsReached(string name)
    {
        lock (_lock)
        {
            Roll();
            return _total >= FailuresMax || _failures.GetValueOrDefault(name) >= FailuresOfNameMax;
        }
    }

    public void Failed(string name)
    {
        lock (_lock)
        {
            Roll();
            _total++;
            _failures[name] = _failures.GetValueOrDefault(name) + 1;
        }
    }

    private void Roll()
    {
        if (time.GetElapsedTime(_windowAt) >= Window)
        {
            (_windowAt, _total) = (time.GetTimestamp(), 0);
            _failures.Clear();
        }
    }
}
