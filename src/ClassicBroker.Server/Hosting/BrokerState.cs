namespace ClassicBroker.Server.Hosting;

/// <summary>Where a broker is in its life, with the numbers of Kafka's <c>BrokerState</c>.</summary>
public enum BrokerState
{
    NotRunning = 0,
    Starting = 1,
    Recovery = 2,
    Running = 3,
    PendingControlledShutdown = 6,
    ShuttingDown = 7,
}
