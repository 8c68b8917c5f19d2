using System.Runtime.ExceptionServices;
using ClassicBroker.Primitives;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// What becomes of an exception that DotNetty's pipeline would only log. Our own broken invariants reach the loop, which ends the process;
/// all else passes the handlers and closes the channel. Stateless.
/// </summary>
internal static class ErrorFates
{
    /// <summary>An exception on its way to handlers: true where it is none of theirs and has been dealt with.</summary>
    public static bool Intercept(IChannel channel, Exception exception)
    {
        if (Violated(exception) is not { } violated)
        {
            return false;
        }

        // Closed first, so that no further frame is looked at before the loop has come to the rethrow.
        var sink = (IErrorSink)channel;
        sink.Close();
        sink.Loop.Execute(() => ExceptionDispatchInfo.Throw(violated));
        return true;
    }

    /// <summary>An exception that left a handler's own dealing with exceptions, or that no handler dealt with.</summary>
    public static void Unhandled(IChannel channel, Exception exception)
    {
        if (!Intercept(channel, exception))
        {
            ((IErrorSink)channel).EndWith(exception);
        }
    }

    /// <summary>Looks at the outcome of an outbound operation, which no one awaits.</summary>
    public static void Settle(IChannel channel, Task outcome)
    {
        // A write to a channel that has closed has been released; the handlers learn of the end by itself.
        if (outcome.IsFaulted && outcome.Exception.InnerException is { } failure and not ClosedChannelException)
        {
            channel.Pipeline.FireExceptionCaught(failure);
        }
    }

    /// <summary>The pipeline wraps what a handler throws while it is added or removed.</summary>
    private static InvariantViolatedException? Violated(Exception? exception) =>
        exception is null or InvariantViolatedException ? exception as InvariantViolatedException : Violated(exception.InnerException);
}
