using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// The base of what clients throw. It tells the broker, the API, the partition and the error code where there are such, and what can be
/// done: call again, abort the transaction, or close the client.
/// </summary>
public class KafkaException : Exception
{
    /// <summary>Reports a failure on the client's own side.</summary>
    public KafkaException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>Reports an error code a broker answered with. An absent <paramref name="message"/> is made from the code.</summary>
    public KafkaException(ErrorCode code, string? message = null, int? brokerId = null, string? api = null)
        : base(string.IsNullOrEmpty(message) ? ErrorDescriptions.Describe(code) : message)
    {
        Code = code;
        BrokerId = brokerId;
        Api = api;
    }

    /// <summary>Reports what an earlier failure means for a later call; code, broker and API are those of that failure.</summary>
    private protected KafkaException(string message, KafkaException cause)
        : base(message, cause)
    {
        Code = cause.Code;
        BrokerId = cause.BrokerId;
        BrokerAddress = cause.BrokerAddress;
        Api = cause.Api;
        TopicPartition = cause.TopicPartition;
    }

    /// <summary>What the broker answered; <see cref="ErrorCode.None"/> where no broker did.</summary>
    public ErrorCode Code { get; }

    /// <summary>Id of the broker that was asked; null where none was, or its id is not known.</summary>
    public int? BrokerId { get; internal set; }

    /// <summary><c>host:port</c> of that broker; null where none was asked.</summary>
    public string? BrokerAddress { get; internal set; }

    /// <summary>The API that was called, such as <c>CreateTopics</c>; null where that is not known.</summary>
    public string? Api { get; internal set; }

    /// <summary>The partition it is about; null where it is about none, or several.</summary>
    public TopicPartition? TopicPartition { get; internal set; }

    /// <summary>True where the same call may succeed later.</summary>
    public virtual bool IsRetriable => Code.IsRetriable();

    /// <summary>True where the transaction under way is to be aborted, after which the producer goes on.</summary>
    public virtual bool RequiresAbort => false;

    /// <summary>True where the client can only be closed.</summary>
    public virtual bool IsFatal => false;
}
