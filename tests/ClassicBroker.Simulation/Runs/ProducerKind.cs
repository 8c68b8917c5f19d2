namespace ClassicBroker.Simulation.Runs;

/// <summary>How a simulated producer sends.</summary>
internal enum ProducerKind
{
    /// <summary><c>acks=all</c>, no record twice.</summary>
    AcksAll,

    /// <summary><c>acks=all</c> with a producer id: sends each record until it is acknowledged.</summary>
    Idempotent,

    /// <summary><c>acks=1</c>, no record twice.</summary>
    AcksLeader,

    /// <summary><c>acks=0</c>, no record twice: no answer is waited for.</summary>
    AcksNone,
}
