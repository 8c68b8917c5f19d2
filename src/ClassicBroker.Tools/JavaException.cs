using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools;

/// <summary>Failures by the names of the Java exceptions that scripts look for in the output of Kafka's tools.</summary>
internal static class JavaException
{
    private const string Errors = "org.apache.kafka.common.errors.";

    /// <summary>
    /// The class and the message, as Java prints an exception: <c>org.apache.kafka…TopicExistsException: Topic 't' already exists.</c>
    /// </summary>
    public static string Describe(Exception failure) => $"{ClassOf(failure)}: {failure.Message}";

    /// <summary>The class without its package.</summary>
    public static string SimpleNameOf(Exception failure) => ClassOf(failure).Split('.')[^1];

    public static string ClassOf(Exception failure) =>
        failure switch
        {
            KafkaTimeoutException => Errors + "TimeoutException",
            SslAuthenticationException => Errors + "SslAuthenticationException",
            BrokerUnavailableException => Errors + "DisconnectException",
            KafkaConfigException => "org.apache.kafka.common.config.ConfigException",
            KafkaException { Code: not ErrorCode.None } refusal => ClassOf(refusal.Code),
            KafkaException => "org.apache.kafka.common.KafkaException",
            ArgumentException or ToolException => "java.lang.IllegalArgumentException",
            _ => "java.lang.RuntimeException",
        };

    /// <summary>The exception class of an error code.</summary>
    public static string ClassOf(ErrorCode code) =>
        Errors + code switch
        {
            ErrorCode.TopicAlreadyExists => "TopicExistsException",
            ErrorCode.InvalidConfig => "InvalidConfigurationException",
            ErrorCode.MessageTooLarge => "RecordTooLargeException",
            ErrorCode.RequestTimedOut => "TimeoutException",
            ErrorCode.CorruptMessage => "CorruptRecordException",
            ErrorCode.RecordListTooLarge => "RecordBatchTooLargeException",
            ErrorCode.InvalidTopicException => "InvalidTopicException",
            ErrorCode.NetworkException => "NetworkException",
            ErrorCode.OutOfOrderSequenceNumber => "OutOfOrderSequenceException",
            ErrorCode.InvalidProducerEpoch => "InvalidProducerEpochException",
            ErrorCode.FencedLeaderEpoch => "FencedLeaderEpochException",
            ErrorCode.KafkaStorageError => "KafkaStorageException",
            ErrorCode.SaslAuthenticationFailed => "SaslAuthenticationException",
            ErrorCode.UnsupportedForMessageFormat => "UnsupportedForMessageFormatException",
            var other => other + "Exception",
        };
}
