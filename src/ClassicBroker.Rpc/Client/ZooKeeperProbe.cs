using ClassicBroker.Platform;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using ConnectException = ClassicBroker.Transport.ConnectException;

namespace ClassicBroker.Rpc;

/// <summary>
/// Asks a peer that hung up on a Kafka client whether it is a ZooKeeper, by one of its four-letter words: every ZooKeeper answers, if only
/// that the word is not on its whitelist. A broker takes the word for the length of a frame that is too long, and hangs up. Threading: its
/// channel's loop.
/// </summary>
public sealed class ZooKeeperProbe : TransportHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<bool> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ZooKeeperProbe()
    {
    }

    /// <summary>False where the peer does not answer as a ZooKeeper does, or not at all.</summary>
    public static async Task<bool> IsZooKeeperAsync(ITransport transport, RpcConnectionOptions options)
    {
        var probe = new ZooKeeperProbe();
        try
        {
            var channel = await transport.ConnectAsync(new ConnectOptions
            {
                Host = options.Host,
                Port = options.Port,
                ConnectTimeout = Patience,
                Loop = options.Loop,
                Options = options.Channel,
                Initializer = channel => channel.Pipeline.AddLast(probe),
            });
            channel.Execute(() =>
            {
                channel.Send(channel.Allocator.Copy("srvr"u8));
                channel.Flush();
            });
            var isAnswered = await channel.Loop.IsSignalledWithinAsync(probe._answered.Task, Patience);
            channel.Execute(channel.Close);
            return isAnswered && await probe._answered.Task;
        }
        catch (ConnectException)
        {
            return false;
        }
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var answer = ((IByteBuffer)message).ReadableSpan();
        _answered.TrySetResult(answer.StartsWith("Zoo"u8) || answer.StartsWith("This Zoo"u8) || answer.StartsWith("srvr is"u8));
    }

    public override void ChannelInactive(IChannelHandlerContext context) => _answered.TrySetResult(false);

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        _answered.TrySetResult(false);
        context.Close();
    }
}
