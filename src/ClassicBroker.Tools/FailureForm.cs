namespace ClassicBroker.Tools;

/// <summary>How a tool reports a failure that its command let through. Scripts that match Kafka's output rely on the difference.</summary>
internal enum FailureForm
{
    /// <summary><c>Exception in thread "main" </c> before the class and its message, as Java reports what nothing caught.</summary>
    Uncaught,

    /// <summary>The message, and the class with the message on the line below.</summary>
    MessageAndTrace,

    /// <summary>The class with its message.</summary>
    Trace,

    /// <summary>As <see cref="MessageAndTrace"/>, the first line after <c>Error occurred: </c>.</summary>
    ErrorOccurred,

    /// <summary>On standard output: the message after <c>Error while executing ACL command: </c>, and the trace.</summary>
    ExecutingAclCommand,

    /// <summary>
    /// On standard output: the message after <c>Error while executing client metrics command : </c>; the trace is logged.
    /// </summary>
    ExecutingClientMetricsCommand,
}
