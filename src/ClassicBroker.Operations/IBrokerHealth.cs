namespace ClassicBroker.Operations;

/// <summary>Answers questions about a broker's health. Any thread may ask, at any time.</summary>
public interface IBrokerHealth
{
    /// <summary>Does it still run, or must it be started again?</summary>
    Task<HealthReport> LiveAsync();

    /// <summary>Does it serve clients?</summary>
    HealthReport Ready();

    /// <summary>Has it started, and how far has it come?</summary>
    HealthReport Startup();
}
