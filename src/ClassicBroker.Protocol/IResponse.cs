using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>The body of a response of any API.</summary>
public interface IResponse : IMessage
{
    ApiDescriptor Api { get; }

    /// <summary>Sets the error of the whole response; false where this version has no such field.</summary>
    bool TrySetError(ErrorCode error, short version);
}
