namespace ClassicBroker.Client.Cluster;

/// <summary>Opens connections to brokers. Threading: belongs to the client's loop.</summary>
internal interface IBrokerConnector
{
    /// <summary>Reads what connections of a client will need, before there is one. Any thread may call.</summary>
    /// <exception cref="KafkaConfigException">It cannot be used.</exception>
    void Prepare(ClientConfig config);

    /// <summary>Connects and learns the broker's API versions.</summary>
    /// <exception cref="KafkaException">There is no connection; the message names the cause.</exception>
    Task<IBrokerConnection> ConnectAsync(BrokerAddress address, ClientConfig config);
}
