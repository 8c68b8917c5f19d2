using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// What one connection holds of a frame that has come in part. Where all together hold too much, it is not read from until there is room,
/// or its turn has come. A peer whose turn it is and that sends nothing for <see cref="TurnSilenceMax"/> is cut off: others wait for it.
/// Threading: the channel's loop.
/// </summary>
internal sealed class FrameMemory(ClientConnection connection, MemoryShare share, RequestTrace trace) : IFrameMemory
{
    public static readonly TimeSpan TurnSilenceMax = TimeSpan.FromSeconds(10);

    private Action? _wakeUp;
    private IScheduledWork? _silence;
    private long _held;
    private long _turnBegan;

    private TimeProvider Time => connection.Channel.Loop.Time;

    public void Held(int bytes)
    {
        _held += bytes;
        share.Add(bytes);
        if (!MayGoOn())
        {
            connection.Pause(ReadingPause.FrameMemory);
        }
    }

    public void Released()
    {
        share.Add(-_held);
        _held = 0;
        share.Done(this);
    }

    private bool MayGoOn()
    {
        if (!share.IsFull)
        {
            return true;
        }

        if (!share.MayGoOn(this, _wakeUp ??= WakeUp))
        {
            return false;
        }

        if (_silence is null)
        {
            // The silence while it was not read from is not the peer's.
            _turnBegan = Time.GetTimestamp();
            _silence = connection.Channel.Loop.Schedule(CheckSilence, TurnSilenceMax);
        }

        return true;
    }

    private void WakeUp() => connection.Channel.Loop.Execute(Retry);

    private void Retry()
    {
        if (_held == 0)
        {
            // The connection has ended meanwhile; the turn is the next one's.
            share.Done(this);
        }
        else if (MayGoOn())
        {
            connection.Resume(ReadingPause.FrameMemory);
        }
    }

    private void CheckSilence()
    {
        _silence = null;
        if (_held == 0 || !share.IsFavoured(this) || !share.IsFull)
        {
            return;
        }

        var silence = Time.GetElapsedTime(Math.Max(_turnBegan, connection.Channel.LastActivity));
        if (silence < TurnSilenceMax)
        {
            _silence = connection.Channel.Loop.Schedule(CheckSilence, TurnSilenceMax - silence);
            return;
        }

        trace.Malformed(
            connection, $"{_held} bytes of a frame have come and then nothing for {TurnSilenceMax.TotalSeconds} s, while others wait for the memory");
        connection.Close();
    }
}
