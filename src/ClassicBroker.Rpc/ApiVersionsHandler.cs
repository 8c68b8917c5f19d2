using System.Buffers;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc;

/// <summary>
/// ApiVersions 0-4, answered from the dispatcher's own table. A version from the future is answered in version 0 with the range that is
/// spoken (KIP-511). Threading: as <see cref="IRequestHandler"/>; the ranges are made at the first request, by each loop that sees none.
/// </summary>
internal sealed class ApiVersionsHandler(RequestDispatcher dispatcher, Action<ApiVersionsResponse>? addFeatures)
    : RequestHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private const short FirstVersionWithSoftware = 3;

    private static readonly SearchValues<char> LettersAndDigits =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    private static readonly SearchValues<char> InnerCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>What is spoken, the same in every answer. Null until the dispatcher that it describes is whole.</summary>
    private ApiVersionsResponse.ApiVersion[]? _ranges;

    /// <summary>Not subject to ACLs.</summary>
    public override IReadOnlyList<AccessRule> Access => [];

    /// <summary>The body, always of version 0, for a version that is not known here.</summary>
    public static ApiVersionsResponse UnsupportedVersion(ApiDescriptor api) => new()
    {
        ErrorCode = ErrorCode.UnsupportedVersion,
        ApiKeys = [Range(api)],
    };

    public override ValueTask<ApiVersionsResponse?> HandleAsync(ApiVersionsRequest request, RequestContext context)
    {
        if (context.ApiVersion >= FirstVersionWithSoftware)
        {
            if (!IsValidName(request.ClientSoftwareName) || !IsValidName(request.ClientSoftwareVersion))
            {
                return new(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
            }

            context.Connection.SoftwareName = request.ClientSoftwareName;
            context.Connection.SoftwareVersion = request.ClientSoftwareVersion;
        }

        var response = new ApiVersionsResponse { ApiKeys = _ranges ??= [.. dispatcher.Apis.Select(Range)] };
        addFeatures?.Invoke(response);
        return new(response);
    }

    /// <summary>Letters and digits, with dashes and dots inside.</summary>
    internal static bool IsValidName(string name) =>
        name.Length > 0
        && LettersAndDigits.Contains(name[0])
        && LettersAndDigits.Contains(name[^1])
        && !name.AsSpan().ContainsAnyExcept(InnerCharacters);

    private static ApiVersionsResponse.ApiVersion Range(ApiDescriptor api) =>
        new() { ApiKey = (short)api.Key, MinVersion = api.MinVersion, MaxVersion = api.MaxVersion };
}
