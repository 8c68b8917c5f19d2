using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// Shares a loop between TLS handshakes, whose signatures take a millisecond, and all else that it serves: after a stretch of handshake
/// work the steps that come wait in their order until the loop has looked at its sockets again. Threading: its loop.
/// </summary>
/// <param name="loop">The loop.</param>
/// <param name="afterLook">
/// Runs work after the loop's next look at its sockets, which does not wait then; null for loops that cannot.
/// </param>
public sealed class HandshakeTurns(IEventLoop loop, Action<Action>? afterLook = null)
{
    /// <summary>How long handshakes may hold the loop at a stretch.</summary>
    private static readonly TimeSpan Stretch = TimeSpan.FromMilliseconds(0.5);

    /// <summary>A timer's least, in which a loop looks at its sockets.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    private readonly Queue<Action> _waiting = new();
    private TimeSpan _spent;
    private bool _rests;

    /// <summary>Whether a step may be taken at once; where not, it has to wait.</summary>
    public bool IsTurn => !_rests;

    /// <summary>Steps that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>A step begins; what comes back is for <see cref="End"/>.</summary>
    public long Begin() => loop.Time.GetTimestamp();

    /// <summary>A step has ended.</summary>
    public void End(long begin)
    {
        _spent += loop.Time.GetElapsedTime(begin);
        if (_spent >= Stretch)
        {
            (_spent, _rests) = (TimeSpan.Zero, true);
            if (afterLook is null)
            {
                loop.Schedule(Continue, Rest);
            }
            else
            {
                afterLook(Continue);
            }
        }
    }

    /// <summary>Takes a step behind those that wait already.</summary>
    public void Wait(Action step) => _waiting.Enqueue(step);

    private void Continue()
    {
        _rests = false;
        while (!_rests && _waiting.TryDequeue(out var step))
        {
            var begin = Begin();
            step();
            End(begin);
        }
    }
}
