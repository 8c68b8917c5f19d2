namespace ClassicBroker.Client;

/// <summary>
/// Configures a hosted consumer: the consumer's keys, and how the service goes about records. In a section these are keys under
/// <c>service</c>, such as <c>service.topics</c> and <c>service.retry.delays</c>. Filled while options are built, then read only.
/// </summary>
public sealed class KafkaConsumerServiceOptions : KafkaClientOptions
{
    /// <summary>The topics to read, <c>service.topics</c>.</summary>
    public IList<string> Topics { get; } = [];

    /// <summary>What is promised of a record when the process dies, <c>service.delivery</c>: at-least-once or at-most-once.</summary>
    public DeliveryGuarantee Delivery { get; set; }

    /// <summary>How often a handler is tried with a record at once, <c>service.attempts</c>.</summary>
    public int Attempts { get; set; } = 1;

    /// <summary>
    /// After how long a record that failed is handled again, <c>service.retry.delays</c>, such as <c>5s, 1m, 1h</c>: a record of
    /// <c>orders</c> waits in <c>orders-retry-5s</c>, then in <c>orders-retry-1m</c>, while others go on.
    /// </summary>
    public IList<TimeSpan> RetryDelays { get; } = [];

    /// <summary>
    /// Where records go that failed for good, and those that cannot be read, <c>service.dead.letter.topic</c>; <c>{topic}</c> stands for
    /// the topic they came from. Null, such a record ends the service, which then stops the application.
    /// </summary>
    public string? DeadLetterTopic { get; set; }

    /// <summary>Whether retry and dead-letter topics are created when they are missing, <c>service.create.topics</c>.</summary>
    public bool CreateTopics { get; set; } = true;

    /// <summary>
    /// How long the record in hand may take when the application stops, <c>service.drain.timeout.ms</c>. The host's own
    /// <c>ShutdownTimeout</c> is to be longer.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
