using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc.Http;

/// <summary>One request and its answer, at the end of a connection's pipeline. Threading: the channel's loop.</summary>
internal sealed class HttpCall(byte[] request, int bodyBytesMax) : TransportHandler
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpAnswerReader _reader = new(bodyBytesMax);
    private HttpException? _failure;

    /// <summary>Ends when <see cref="Take"/> knows what became of the request.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The answer.</summary>
    /// <exception cref="HttpException">There was none.</exception>
    public HttpAnswer Take() => _failure is { } failure ? throw failure : _reader.Answer!;

    public override void ChannelActive(IChannelHandlerContext context) => context.SendAndFlush(context.Allocator.Copy(request));

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (_ended.Task.IsCompleted)
        {
            return;
        }

        try
        {
            if (_reader.Feed(((IByteBuffer)message).ReadableSpan()))
            {
                _ended.TrySetResult();
                context.Close();
            }
        }
        catch (HttpException wrong)
        {
            Fail(context, wrong);
        }
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        if (_ended.Task.IsCompleted)
        {
            return;
        }

        try
        {
            _reader.Finish();
            _ended.TrySetResult();
        }
        catch (HttpException early)
        {
            Fail(context, early);
        }
    }

    protected override void OnException(IChannelHandlerContext context, Exception exception) =>
        Fail(context, new HttpException(exception.Message));

    private void Fail(IChannelHandlerContext context, HttpException failure)
    {
        if (!_ended.Task.IsCompleted)
        {
            _failure = failure;
            _ended.TrySetResult();
        }

        context.Close();
    }
}
