namespace ClassicBroker.Protocol;

/// <summary>The body of a request of any API.</summary>
public interface IRequest : IMessage
{
    ApiDescriptor Api { get; }
}
