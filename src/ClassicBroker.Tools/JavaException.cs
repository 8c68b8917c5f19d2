using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools;

/// <summary>Failures by the names of the Java exceptions that scripts look for in the output of Kafka's tools.</summary>
internal static class JavaException
{
    private const string Errors = "org.apache.kafka.common.errors.";

    /// <summary>
    /// The class and the message, as Java prints an exception: <c>org.apache.kafka…TopicExistsException: Topic 't' already exists.</c>
    /// </summary>
    public static string Describe(Exception failure) =>
        failure is JavaFailure { HasMessage: false } ? ClassOf(failure) : $"{ClassOf(failure)}: {failure.Message}";

    /// <summary>
    /// What Java prints as a stack trace, without the frames: the failure, and a line <c>Caused by</c> for each cause. A failure that no
    /// tool foresaw keeps its .NET trace, which a report of it needs.
    /// </summary>
    public static string Trace(Exception failure)
    {
        if (!IsForeseen(failure))
        {
            return failure.ToString();
        }

        var trace = new StringBuilder(Describe(failure));
        foreach (var suppressed in (failure as JavaFailure)?.Suppressed ?? [])
        {
            trace.Append("\n\tSuppressed: ").Append(Describe(suppressed));
        }

        for (var cause = (failure as JavaFailure)?.InnerException; cause is not null; cause = (cause as JavaFailure)?.InnerException)
        {
            trace.Append("\nCaused by: ").Append(Describe(cause));
        }

        return trace.ToString();
    }

    /// <summary>A failure as a Java future hands it on.</summary>
    public static JavaFailure FromFuture(Exception failure) =>
        new("java.util.concurrent.ExecutionException", Describe(failure), failure);

    /// <summary>What a Java future hands on where the failure is a broker's, or the want of one; any other stands as it is.</summary>
    public static Exception OfFuture(Exception failure) =>
        failure is KafkaException and not KafkaConfigException ? FromFuture(failure) : failure;

    /// <summary>A failure in the RuntimeException that Java code hands on what it does not declare by.</summary>
    public static JavaFailure Unchecked(Exception failure) =>
        new("java.lang.RuntimeException", Describe(failure), failure);

    /// <summary>The class without its package.</summary>
    public static string SimpleNameOf(Exception failure) => ClassOf(failure).Split('.')[^1];

    public static string ClassOf(Exception failure) =>
        failure switch
        {
            JavaFailure java => java.JavaClass,
            KafkaTimeoutException => Errors + "TimeoutException",
            SslAuthenticationException => Errors + "SslAuthenticationException",
            BrokerUnavailableException => Errors + "DisconnectException",
            ProducerFencedException => Errors + "ProducerFencedException",
            InvalidProducerEpochException => Errors + "InvalidProducerEpochException",
            TransactionAbortableException or FatalProducerException => "org.apache.kafka.common.KafkaException",
            KafkaConfigException => "org.apache.kafka.common.config.ConfigException",
            KafkaException { Code: not ErrorCode.None } refusal => ClassOf(refusal.Code),
            KafkaException => "org.apache.kafka.common.KafkaException",
            ZooKeeperException => "org.apache.zookeeper.KeeperException",
            FileNotFoundException or DirectoryNotFoundException => "java.nio.file.NoSuchFileException",
            IOException or UnauthorizedAccessException => "java.io.IOException",
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
            ErrorCode.NonEmptyGroup => "GroupNotEmptyException",
            ErrorCode.UnknownServerError => "UnknownServerException",
            ErrorCode.TopicAuthorizationFailed => "TopicAuthorizationException",
            ErrorCode.GroupAuthorizationFailed => "GroupAuthorizationException",
            ErrorCode.ClusterAuthorizationFailed => "ClusterAuthorizationException",
            ErrorCode.TransactionalIdAuthorizationFailed => "TransactionalIdAuthorizationException",
            ErrorCode.DelegationTokenAuthDisabled => "DelegationTokenDisabledException",
            ErrorCode.DelegationTokenRequestNotAllowed => "UnsupportedByAuthenticationException",
            ErrorCode.DelegationTokenAuthorizationFailed => "DelegationTokenAuthorizationException",
            ErrorCode.DuplicateSequenceNumber => "DuplicateSequenceException",
            ErrorCode.StaleControllerEpoch => "ControllerMovedException",
            var other => other + "Exception",
        };

    private static bool IsForeseen(Exception failure) =>
        failure is JavaFailure or KafkaException or ZooKeeperException or ToolException or IOException or UnauthorizedAccessException;
}
