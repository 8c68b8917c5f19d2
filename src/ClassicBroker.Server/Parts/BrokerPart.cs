namespace ClassicBroker.Server.Parts;

/// <summary>
/// One part of a broker. Parts start in the order in which they lean on each other, and end in reverse. What a part holds for others is
/// there once it has started. Owned by <see cref="KafkaServer"/>. Threading: started, stopped and released by its owner's caller, one part
/// at a time.
/// </summary>
internal abstract class BrokerPart
{
    /// <summary>Makes the part ready for those that come after it.</summary>
    public virtual Task StartAsync() => Task.CompletedTask;

    /// <summary>Ends its work in order, so that nothing it took on is lost. For a broker that had started whole.</summary>
    public virtual Task StopAsync() => Task.CompletedTask;

    /// <summary>Lets go of what it holds, after a stop, or after a start that failed at any point.</summary>
    public virtual Task ReleaseAsync() => Task.CompletedTask;
}
