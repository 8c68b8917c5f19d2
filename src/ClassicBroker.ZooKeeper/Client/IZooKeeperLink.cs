namespace ClassicBroker.ZooKeeper.Client;

/// <summary>An open connection to one server, carrying frames. Called on the client's loop only.</summary>
internal interface IZooKeeperLink
{
    /// <summary>Queues a frame, without its length, for the next <see cref="Flush"/>.</summary>
    void Send(ReadOnlySpan<byte> frame);

    void Flush();

    /// <summary>Closes without telling the listener.</summary>
    void Close();
}
