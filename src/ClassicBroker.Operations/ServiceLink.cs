using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// Tells systemd how the service is: how far its start has come, that it serves, that it stops, and, where the unit has a watchdog, that
/// it lives. There only where systemd asks for it, by <c>NOTIFY_SOCKET</c>. Made and disposed by the executable. Threading: messages from
/// any thread; the watch runs beside the broker's loops.
/// </summary>
public sealed class ServiceLink : IAsyncDisposable
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _ending = new();
    private readonly UnixDomainSocketEndPoint _manager;
    private readonly IBrokerHealth _health;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _watchdogInterval;
    private readonly Task _watch;

    private ServiceLink(string socket, TimeSpan? watchdog, IBrokerHealth health, TimeProvider time)
    {
        // Names that begin with @ are of the abstract name space, where the kernel has a zero instead.
        _manager = new(socket.StartsWith('@') ? '\0' + socket[1..] : socket);
        (_health, _time, _watchdogInterval) = (health, time, watchdog / 2);
        _watch = WatchAsync();
    }

    /// <summary>Null where systemd does not ask for messages.</summary>
    public static ServiceLink? Open(Func<string, string?> variable, IBrokerHealth health, TimeProvider time)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } socket)
        {
            return null;
        }

        var isForUs = variable("WATCHDOG_PID") is not { Length: > 0 } process
            || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        TimeSpan? watchdog = isForUs && long.TryParse(variable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var microseconds)
            && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
        return new(socket, watchdog, health, time);
    }

    /// <summary>The broker serves.</summary>
    public void Ready() => Send("READY=1\nSTATUS=Serving");

    /// <summary>The broker has begun to stop.</summary>
    public void Stopping() => Send("STOPPING=1\nSTATUS=Stopping");

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watch;
        _ending.Dispose();
        _socket.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(
            _watchdogInterval is { } interval && interval < StatusInterval ? interval : StatusInterval, _time);
        var (status, askedAt) = ("", _time.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                status = ShowStart(status);
                if (_watchdogInterval is { } due && _time.GetElapsedTime(askedAt) >= due && (await _health.LiveAsync()).IsHealthy)
                {
                    askedAt = _time.GetTimestamp();
                    Send("WATCHDOG=1");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    private string ShowStart(string before)
    {
        var report = _health.Startup();
        if (report.IsHealthy || report.Progress is not { } progress)
        {
            return before;
        }

        var status = string.Create(CultureInfo.InvariantCulture, $"STATUS=Starting, {progress.Percent:0}% of logs loaded");
        if (status != before)
        {
            Send(status);
        }

        return status;
    }

    /// <summary>A manager that does not listen any more changes nothing for the broker.</summary>
    private void Send(string message)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _manager);
        }
        catch (SocketException)
        {
            // It has gone, or is being restarted itself.
        }
    }
}
