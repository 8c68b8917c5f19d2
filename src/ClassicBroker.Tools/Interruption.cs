namespace ClassicBroker.Tools;

/// <summary>
/// Ctrl-C and SIGTERM as a tool meets them. A tool that has something to finish asks for the token and ends by itself; every other tool,
/// and one that is interrupted a second time, is ended by the signal. Safe from any thread.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private volatile bool _isExpected;
    private volatile int _signal;

    /// <summary>True once a signal came.</summary>
    public bool IsRequested => _signal != 0;

    /// <summary>The exit code of a process that the signal ended, as shells show it.</summary>
    public int ExitCode => 128 + _signal;

    /// <summary>Cancelled by the first signal. A tool that asks for it ends soon afterwards.</summary>
    public CancellationToken Expect()
    {
        _isExpected = true;
        return _source.Token;
    }

    /// <summary>Takes a signal; false where the process must end of it at once.</summary>
    public bool Request(int signal)
    {
        if (!_isExpected || IsRequested)
        {
            return false;
        }

        _signal = signal;
        _source.Cancel();
        return true;
    }

    public void Dispose() => _source.Dispose();
}
