namespace ClassicBroker.Transport;

/// <summary>
/// Told of the memory a <see cref="LengthFieldFrameDecoder"/> holds for a frame that has come in part. Threading: the channel's loop.
/// </summary>
public interface IFrameMemory
{
    /// <summary>More is held by this many bytes. May stop the reading of the channel.</summary>
    void Held(int bytes);

    /// <summary>The frame is whole, or will never be: nothing is held any more.</summary>
    void Released();
}
