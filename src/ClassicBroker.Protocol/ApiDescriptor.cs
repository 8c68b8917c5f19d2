namespace ClassicBroker.Protocol;

/// <summary>What is known of an API without a message at hand: key, versions, header versions and how to make its messages.</summary>
public sealed class ApiDescriptor
{
    private readonly Func<IRequest> _newRequest;
    private readonly Func<IResponse> _newResponse;
    private readonly short _flexibleFrom;
    private readonly short _deprecatedTo;

    private ApiDescriptor(
        ApiKey key,
        (short Min, short Max) versions,
        short flexibleFrom,
        short deprecatedTo,
        bool responseCarriesRecords,
        Func<IRequest> newRequest,
        Func<IResponse> newResponse)
    {
        Key = key;
        Name = key.ToString();
        MinVersion = versions.Min;
        MaxVersion = versions.Max;
        _flexibleFrom = flexibleFrom;
        _deprecatedTo = deprecatedTo;
        ResponseCarriesRecords = responseCarriesRecords;
        _newRequest = newRequest;
        _newResponse = newResponse;
    }

    public ApiKey Key { get; }

    /// <summary>Kafka's name of the API, such as <c>Produce</c>.</summary>
    public string Name { get; }

    public short MinVersion { get; }

    public short MaxVersion { get; }

    /// <summary>A response that was read holds slices of its frame, and one to be written may hold file regions.</summary>
    public bool ResponseCarriesRecords { get; }

    public static ApiDescriptor Of<TRequest, TResponse>(short deprecatedTo, bool responseCarriesRecords)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        new(
            TRequest.ApiKey,
            (TRequest.MinVersion, TRequest.MaxVersion),
            TRequest.FlexibleFrom,
            deprecatedTo,
            responseCarriesRecords,
            static () => new TRequest(),
            static () => new TResponse());

    public bool Supports(short version) => version >= MinVersion && version <= MaxVersion;

    public bool IsFlexible(short version) => version >= _flexibleFrom;

    /// <summary>True for the versions that Kafka 3.9 logs as going away (KIP-896).</summary>
    public bool IsDeprecated(short version) => version <= _deprecatedTo;

    /// <summary>
    /// Asked of versions outside the range as well: the header of an ApiVersions request from the future must be readable (KIP-511).
    /// </summary>
    public short RequestHeaderVersion(short version)
    {
        if (IsFlexible(version))
        {
            return 2;
        }

        return Key == ApiKey.ControlledShutdown && version == 0 ? (short)0 : (short)1;
    }

    public short ResponseHeaderVersion(short version) =>
        IsFlexible(version) && Key != ApiKey.ApiVersions ? (short)1 : (short)0;

    public IRequest NewRequest() => _newRequest();

    public IResponse NewResponse() => _newResponse();

    public override string ToString() => Name;
}
