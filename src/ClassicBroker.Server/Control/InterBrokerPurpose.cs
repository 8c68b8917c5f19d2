namespace ClassicBroker.Server.Control;

/// <summary>
/// What a broker talks to another for. Each purpose has a connection of its own, so that none waits for another's long answers.
/// </summary>
public enum InterBrokerPurpose
{
    /// <summary>The controller gives its orders.</summary>
    Orders,

    /// <summary>A broker asks the controller: AlterPartition, AllocateProducerIds, ControlledShutdown.</summary>
    ToController,

    /// <summary>A follower fetches from its leader.</summary>
    Fetch,

    /// <summary>A transaction coordinator has markers written.</summary>
    TransactionMarkers,

    /// <summary>A partition's leader asks a transaction coordinator whether a transaction holds the partition (KIP-890).</summary>
    TransactionVerification,
}
