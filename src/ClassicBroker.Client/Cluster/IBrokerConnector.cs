namespace ClassicBroker.Client.Cluster;

/// <summary>Opens connections to brokers. Threading: belongs to the client's loop.</summary>
internal interface IBrokerConnector
{
    /// <summary>Connects and learns the broker's API versions.</summary>
    /// <exception cref="KafkaException">There is no connection; the message names the cause.</exception>
    Task<IBrokerConnection> ConnectAsync(BrokerAddress address, ClientConfig config);
}
