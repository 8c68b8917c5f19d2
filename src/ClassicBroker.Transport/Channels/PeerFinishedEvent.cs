namespace ClassicBroker.Transport;

/// <summary>
/// The user event of a channel whose peer will send no more, before the channel closes for it. A handler that still owes the peer an answer
/// sets <see cref="TransportChannel.OwesAnswers"/> and closes the channel itself when all is sent.
/// </summary>
public sealed class PeerFinishedEvent
{
    public static readonly PeerFinishedEvent Instance = new();

    private PeerFinishedEvent()
    {
    }
}
