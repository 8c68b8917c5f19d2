using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A topic that was asked about cannot be described; asking again would not help.</summary>
public sealed class UnknownTopicException(string topic, ErrorCode code) : KafkaException(code)
{
    /// <summary>The topic.</summary>
    public string Topic { get; } = topic;

    /// <inheritdoc/>
    public override bool IsRetriable => false;
}
