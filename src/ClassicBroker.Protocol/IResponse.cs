namespace ClassicBroker.Protocol;

/// <summary>The body of a response of any API.</summary>
public interface IResponse : IMessage
{
    ApiDescriptor Api { get; }

    /// <summary>Counts each error code in it, that of success too.</summary>
    void CountErrors(ErrorCounts counts);
}
