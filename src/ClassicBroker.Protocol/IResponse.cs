namespace ClassicBroker.Protocol;

/// <summary>The body of a response of any API.</summary>
public interface IResponse : IMessage
{
    ApiDescriptor Api { get; }
}
