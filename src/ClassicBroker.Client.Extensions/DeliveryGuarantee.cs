namespace ClassicBroker.Client;

/// <summary>What a hosted consumer promises of a record when a process dies.</summary>
public enum DeliveryGuarantee
{
    /// <summary>Positions are committed behind records that are done with: none is lost, some may come again.</summary>
    AtLeastOnce,

    /// <summary>Positions are committed before the work on records begins: none comes again, some may be lost.</summary>
    AtMostOnce,
}
