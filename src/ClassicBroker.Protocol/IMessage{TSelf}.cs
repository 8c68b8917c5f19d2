namespace ClassicBroker.Protocol;

/// <summary>A whole message, with the versions it exists in.</summary>
public interface IMessage<TSelf> : IMessage
    where TSelf : class, IMessage<TSelf>, new()
{
    static abstract short MinVersion { get; }

    static abstract short MaxVersion { get; }

    /// <summary>The first version with compact lengths and tagged fields (KIP-482); above all versions where none has them.</summary>
    static abstract short FlexibleFrom { get; }
}
