using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// What one connection holds of a frame that has come in part. Where all together hold too much, it is not read from until there is room,
/// or its turn has come. A peer whose turn it is and that sends nothing for <see cref="TurnSilenceMax"/> is cut off: others wait for it.
/// Clients that are not authenticated wait for no one and no one for them: one that holds more than <see cref="StrangerBytesMax"/> is cut
/// off when its frame is not whole after <see cref="StrangerTimeMax"/>, one that wants more than a first piece when their share is full.
/// Threading: the channel's loop.
/// </summary>
internal sealed class FrameMemory(ClientConnection connection, RequestMemory memory, RequestTrace trace) : IFrameMemory
{
    public const int StrangerBytesMax = 64 * 1024;

    public static readonly TimeSpan TurnSilenceMax = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan StrangerTimeMax = TimeSpan.FromSeconds(5);

    private MemoryShare _share = memory.Frames;
    private Action? _wakeUp;
    private IScheduledWork? _silence;
    private IScheduledWork? _strangerLimit;
    private long _held;
    private long _turnBegan;

    private TimeProvider Time => connection.Channel.Loop.Time;

    public void Held(int bytes)
    {
        UseShare(connection.IsAuthenticated ? memory.Frames : memory.Strangers);
        _held += bytes;
        _share.Add(bytes);
        if (!connection.IsAuthenticated)
        {
            LimitStranger();
        }
        else if (!MayGoOn())
        {
            connection.Pause(ReadingPause.FrameMemory);
        }
    }

    public void Released()
    {
        _share.Add(-_held);
        _held = 0;
        _strangerLimit?.Cancel();
        _strangerLimit = null;
        _share.Done(this);
    }

    /// <summary>A client may be authenticated while its next frame comes.</summary>
    private void UseShare(MemoryShare share)
    {
        if (_share != share)
        {
            _share.Add(-_held);
            _share = share;
            _share.Add(_held);
        }
    }

    private void LimitStranger()
    {
        if (_held > LengthFieldFrameDecoder.FirstCapacity && _share.IsFull)
        {
            // Not at once: the decoder is about to write to what it has just told of.
            connection.Pause(ReadingPause.FrameMemory);
            connection.Channel.Loop.Execute(
                () => CutOffStranger("while all who are not authenticated hold as much as they may"));
        }
        else if (_held > StrangerBytesMax)
        {
            _strangerLimit ??= connection.Channel.Loop.Schedule(
                () => CutOffStranger($"and the rest not within {StrangerTimeMax.TotalSeconds} s"), StrangerTimeMax);
        }
    }

    private void CutOffStranger(string why)
    {
        _strangerLimit = null;
        if (_held == 0 || connection.IsAuthenticated)
        {
            connection.Resume(ReadingPause.FrameMemory);
            return;
        }

        trace.Malformed(connection, $"part of a frame has come before authentication that takes {_held} bytes, {why}");
        connection.Close();
    }

    private bool MayGoOn()
    {
        if (!_share.IsFull)
        {
            return true;
        }

        if (!_share.MayGoOn(this, _wakeUp ??= WakeUp))
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
            _share.Done(this);
        }
        else if (MayGoOn())
        {
            connection.Resume(ReadingPause.FrameMemory);
        }
    }

    private void CheckSilence()
    {
        _silence = null;
        if (_held == 0 || !_share.IsFavoured(this) || !_share.IsFull)
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
