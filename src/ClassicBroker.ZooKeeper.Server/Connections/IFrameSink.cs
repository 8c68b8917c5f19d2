namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>The way out to one client. Called on the server loop only.</summary>
internal interface IFrameSink
{
    /// <summary>Queues a frame, without its length; nothing leaves before <see cref="Flush"/>.</summary>
    void Send(ReadOnlySpan<byte> frame);

    /// <summary>Queues bytes that are no frame: the answer to a four-letter word.</summary>
    void SendRaw(ReadOnlySpan<byte> bytes);

    void Flush();

    /// <summary>Closes once all that was flushed has left.</summary>
    void CloseAfterFlush();

    /// <summary>Closes now.</summary>
    void Close();
}
