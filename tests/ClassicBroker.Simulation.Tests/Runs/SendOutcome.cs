namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>What a producer knows of a record it sent.</summary>
internal enum SendOutcome
{
    /// <summary>It must be there for ever.</summary>
    Acknowledged,

    /// <summary>It must never be there.</summary>
    Refused,

    /// <summary>It may be there or not.</summary>
    Unknown,
}
