namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Hears what happens on an <see cref="IZooKeeperLink"/>, on the client's loop.</summary>
internal interface IZooKeeperLinkListener
{
    void LinkOpened(IZooKeeperLink link);

    /// <summary>
    /// A frame came in; the bytes are valid during the call. <see cref="Primitives.MalformedDataException"/> where it makes no sense.
    /// </summary>
    void FrameReceived(ReadOnlySpan<byte> frame);

    /// <summary>The connection could not be made, or is gone. Nothing follows.</summary>
    void LinkLost(string reason);
}
