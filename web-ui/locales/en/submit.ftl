# Post a job.

submit-title = Submit
submit-heading = Post a job
submit-lead = Your own machine splits the input, verifies every vote and folds the result. You choose how many volunteers must agree.
submit-line = From the command line
submit-line-how = Count the words of a file: three volunteers for each task, of whom two must agree.
