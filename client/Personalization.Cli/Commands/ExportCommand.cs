using System.CommandLine;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary><c>export</c>: what the stream holds into a file that models are trained on.</summary>
internal static class ExportCommand
{
    private const string Partial = ".partial";

    public static Command Create()
    {
        var kafka = Common.Kafka();
        var topic = Common.Topic();
        var output = new Argument<string>("file") { Description = "Gets JSON lines; packed when it ends with .gz; - is standard output." };
        var command = new Command("export", "Writes every event that the topic holds now as JSON lines: what models are trained on ('retrain' of models/README.md). A file appears only when it is whole. Example: export events.jsonl.gz --bootstrap-servers localhost:9092")
        {
            output, kafka, topic,
        };
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            () => ExportAsync(parsed.GetValue(output)!, parsed.GetValue(kafka)!, parsed.GetValue(topic)!, cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> ExportAsync(string path, string kafka, string topicName, CancellationToken cancellationToken)
    {
        var topic = await KafkaTopic.GetAsync(kafka, topicName, cancellationToken);
        using var reader = new KafkaTopicReader(kafka, topic);
        // The name keeps its end, which says whether it is packed.
        var target = path == JsonLinesFile.Standard ? path : Path.Combine(Path.GetDirectoryName(path)!, Partial + "-" + Path.GetFileName(path));
        long lines;
        await using (var stream = JsonLinesFile.Create(target))
        {
            lines = await Terminal.ProgressAsync("events", reader.Count(), progress => Task.Run(
                () => TopicExport.WriteAsync(reader.Read([], cancellationToken), stream, progress, cancellationToken), cancellationToken));
        }

        if (target != path)
        {
            File.Move(target, path, overwrite: true);
        }

        Terminal.Warn($"{lines:N0} events of '{topic.Name}' were written.");
        return ExitCodes.Ok;
    }
}
