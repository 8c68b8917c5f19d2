namespace ClassicBroker.Client;

/// <summary>The headers that a record gets on its way to a retry or dead-letter topic; values are text in UTF-8. Stateless.</summary>
public static class RetryHeaders
{
    /// <summary>The topic it first came from.</summary>
    public const string OriginalTopic = "x-original-topic";

    /// <summary>The partition there.</summary>
    public const string OriginalPartition = "x-original-partition";

    /// <summary>The offset there.</summary>
    public const string OriginalOffset = "x-original-offset";

    /// <summary>The timestamp it had there, milliseconds since 1970.</summary>
    public const string OriginalTimestamp = "x-original-timestamp";

    /// <summary>The type of the exception that failed it last.</summary>
    public const string ExceptionType = "x-exception-type";

    /// <summary>The message of that exception.</summary>
    public const string ExceptionMessage = "x-exception-message";

    /// <summary>How often it has been handled.</summary>
    public const string Attempts = "x-attempts";
}
