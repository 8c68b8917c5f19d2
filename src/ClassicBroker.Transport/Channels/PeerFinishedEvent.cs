namespace ClassicBroker.Transport;

/// <summary>
/// Told through <see cref="ChannelHandler.UserEvent"/> when the peer will send no more, before the channel closes for it.
/// </summary>
public sealed class PeerFinishedEvent
{
    public static readonly PeerFinishedEvent Instance = new();

    private PeerFinishedEvent()
    {
    }
}
