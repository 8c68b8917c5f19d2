using System.Collections;
using System.Reflection;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>
/// Every API at every version: the answer a request builds of itself where nothing can be said but an error has it at every place the
/// version knows, for everything that was asked, and can be written in that version.
/// </summary>
public sealed class ErrorAnswerTests
{
    /// <summary>Their error has no place in these versions, in Kafka too.</summary>
    private static readonly (ApiKey Key, int LastVersion)[] WithoutPlace = [(ApiKey.DescribeLogDirs, 2)];

    /// <summary>What the schema cannot say of it, its handler does: users stand in two lists, and are answered once each.</summary>
    private static readonly ApiKey[] Overridden = [ApiKey.AlterUserScramCredentials];

    public static TheoryData<string, short> Versions
    {
        get
        {
            var data = new TheoryData<string, short>();
            foreach (var api in ApiCatalog.All.Where(api => !Overridden.Contains(api.Key)))
            {
                for (var version = api.MinVersion; version <= api.MaxVersion; version++)
                {
                    if (!WithoutPlace.Any(exempt => exempt.Key == api.Key && version <= exempt.LastVersion))
                    {
                        data.Add(api.Name, version);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void An_error_answer_has_its_error_wherever_the_version_has_a_place(string name, short version)
    {
        var api = ApiCatalog.All.Single(api => api.Name == name);
        var request = SampleRequest.Of(api, version, "topic");
        var answer = (IResponse)request.GetType().GetMethod("ErrorResponse")!.Invoke(request, [ErrorCode.UnknownServerError, version])!;
        Assert.True(answer.Size(version) > 0);
        var errors = ErrorsIn(answer).ToList();
        Assert.Contains(ErrorCode.UnknownServerError, errors);
    }

    [Fact]
    public void Names_and_numbers_asked_for_stand_in_the_answer()
    {
        var request = new Protocol.Messages.DeleteRecordsRequest
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 3, Offset = 9 }, new() { PartitionIndex = 4 }] }],
        };
        var answer = request.ErrorResponse(ErrorCode.UnknownServerError, 2);
        Assert.Equal("t", answer.Topics[0].Name);
        Assert.Equal(
            [(3, -1L, ErrorCode.UnknownServerError), (4, -1L, ErrorCode.UnknownServerError)],
            answer.Topics[0].Partitions.Select(partition => (partition.PartitionIndex, partition.LowWatermark, partition.ErrorCode)));
        var moves = new Protocol.Messages.AlterReplicaLogDirsRequest
        {
            Dirs =
            [
                new() { Path = "/a", Topics = [new() { Name = "t", Partitions = [1] }] },
                new() { Path = "/b", Topics = [new() { Name = "u", Partitions = [2, 3] }] },
            ],
        };
        Assert.Equal(
            ["t:1", "u:2,3"],
            moves.ErrorResponse(ErrorCode.UnknownServerError, 2).Results.Select(
                topic => $"{topic.TopicName}:{string.Join(',', topic.Partitions.Select(partition => partition.PartitionIndex))}"));
        var deletion = new Protocol.Messages.DeleteTopicsRequest { TopicNames = ["a", "b"] };
        Assert.Equal(["a", "b"], deletion.ErrorResponse(ErrorCode.UnknownServerError, 5).Responses.Select(topic => topic.Name));
        Assert.Empty(deletion.ErrorResponse(ErrorCode.UnknownServerError, 6).Responses);
    }

    private static IEnumerable<ErrorCode> ErrorsIn(object owner)
    {
        foreach (var property in owner.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            switch (property.GetIndexParameters().Length == 0 ? property.GetValue(owner) : null)
            {
                case ErrorCode error:
                    yield return error;
                    break;
                case byte[] or string:
                    break;
                case IEnumerable items:
                    foreach (var error in items.OfType<IMessage>().SelectMany(ErrorsIn))
                    {
                        yield return error;
                    }

                    break;
            }
        }
    }
}
