using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// What one connection holds of a frame that has come in part. Where all together hold too much, it is not read from until there is room,
/// or its turn has come. Threading: the channel's loop.
/// </summary>
internal sealed class FrameMemory(ClientConnection connection, MemoryShare share) : IFrameMemory
{
    private Action? _wakeUp;
    private long _held;

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

    private bool MayGoOn() => !share.IsFull || share.MayGoOn(this, _wakeUp ??= WakeUp);

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
}
